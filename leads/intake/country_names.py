"""Names of countries that ISO 3166 and its translations leave out, and answers that name no country."""

from leads.intake.text import word_set

# Under each ISO 3166 alpha-2 code, what people write for it; compared without case, accents and punctuation.
OTHER_NAMES = {
    "AE": "UAE; U.A.E.; Emirates; Dubai; Abu Dhabi",
    "BA": "Bosnia; Bosnia-Herzegovina; BiH",
    "BE": "Belgique; België; Belgien",
    "BN": "Brunei",
    "BO": "Bolivia",
    "BS": "The Bahamas",
    "CD": "DRC; DR Congo; D.R. Congo; Democratic Republic of the Congo; Democratic Republic of Congo; "
    "Congo-Kinshasa; Congo (Kinshasa); Congo, Democratic Republic of the; Zaire",
    "CG": "Congo-Brazzaville; Congo (Brazzaville); Republic of the Congo; Congo Republic; Congo, Republic of the",
    "CH": "Suisse; Schweiz; Svizzera; Svizra; Swiss",
    "CI": "Ivory Coast; Cote d'Ivoire",
    "CN": "PRC; P.R.C.; P.R. China; PR China; People's Republic of China; Mainland China; 中国大陆; 中國大陸",
    "CV": "Cape Verde",
    "CZ": "Czech Republic; Czech Rep.; The Czech Republic; Česko; Česká republika",
    "DE": "BRD; Federal Republic of Germany",
    "FK": "Falkland Islands; Islas Malvinas",
    "FM": "Micronesia",
    "GB": "UK; U.K.; Great Britain; Britain; GB and NI; England; Scotland; Wales; Northern Ireland; "
    "United Kingdom of Great Britain; Engeland; Angleterre; Inglaterra; Großbritannien; Grossbritannien; "
    "Grande-Bretagne; Gran Bretaña; Gran Bretagna; Schottland",
    "GM": "The Gambia",
    "GR": "EL; Hellas; Hellenic Republic",
    "HK": "Hong Kong SAR; Hongkong; Hong Kong, China; Hong Kong SAR China; H.K.",
    "IE": "Republic of Ireland; Eire; Éire",
    "IN": "Bharat; Republic of India",
    "IR": "Iran",
    "JP": "Nippon; Nihon; 日本国",
    "KP": "North Korea; DPRK; D.P.R.K.",
    "KR": "South Korea; Korea; Korea South; Korea, Republic of; Republic of Korea; Korea (South); S. Korea; Hanguk; "
    "대한민국; 한국; 大韓民国",
    "LA": "Laos; Lao PDR",
    "MK": "Macedonia; FYROM; Republic of Macedonia; North Macedonia",
    "MM": "Burma; Myanmar (Burma)",
    "MO": "Macau; Macau SAR; Macao SAR; Macao SAR China",
    "NL": "Holland; The Netherlands; Nederland; Olanda; Holanda; Hollande; Pays-Bas",
    "PS": "Palestine; Palestinian Territories; Palestinian Territory; State of Palestine",
    "RU": "Россия; Росія; Rusia; Rusland; Russland; Russie; Rússia; Rosja; Rusya; 俄国; Russia; Russian Fed.; "
    "Russian Federation",
    "SA": "KSA; K.S.A.; Kingdom of Saudi Arabia; Saudi",
    "SH": "Saint Helena; St Helena",
    "ST": "Sao Tome; Sao Tome & Principe",
    "SY": "Syria",
    "SZ": "Swaziland",
    "TH": "ประเทศไทย; ไทย",
    "TL": "East Timor",
    "TR": "Turkey; Turkiye; Türkei",
    "TW": "Taiwan; Taiwan, Republic of China; ROC; R.O.C.; Chinese Taipei; 台湾; 臺灣; 台灣",
    "TZ": "Tanzania",
    "US": "USA; U.S.; U.S.A.; United States; United States of America; The United States; The USA; America; "
    "US of A; USofA; Estados Unidos; EE.UU.; EEUU; E.U.A.; EUA; États-Unis; Etats Unis; Vereinigte Staaten; "
    "Stati Uniti; Verenigde Staten; 美国; 美國; アメリカ; アメリカ合衆国; 米国; 미국",
    "VA": "Vatican; Vatican City; Holy See",
    "VC": "St Vincent; Saint Vincent",
    "VE": "Venezuela",
    "VG": "British Virgin Islands; BVI",
    "VI": "US Virgin Islands; U.S. Virgin Islands; USVI",
    "VN": "Vietnam; Viet Nam; Việt Nam",
    "XK": "Kosovo; Republic of Kosovo; Kosova; Kosovë; XKX; Косово; Kosowo",
    "ZA": "RSA; R.S.A.; S. Africa",
}


# In these languages names are also known in full, from the translations that come with pycountry.
LANGUAGES = (
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "pt_BR",
    "nl",
    "ja",
    "zh_CN",
    "zh_TW",
    "ko",
    "ru",
    "uk",
    "pl",
    "tr",
    "sv",
    "da",
    "nb_NO",
    "fi",
    "cs",
    "sk",
    "hu",
    "ro",
    "bg",
    "hr",
    "sl",
    "el",
    "ar",
    "he",
    "hi",
    "th",
    "vi",
    "id",
    "ca",
)

# Answers that name no country and are no mistake either.
NOWHERE = word_set(
    "remote fullyremote remotefirst unspecified notspecified unknown notapplicable notavailable none null nil other"
    " others worldwide global globally international everywhere anywhere world earth various multiple pleaseselect"
    " select selectone choose selectacountry nocountry notset tbd"
)
