"""The usual headings of exports, by the field they mean; compared without case, accents, blanks and punctuation.

From the exports of HubSpot, Salesforce, Marketo, Pipedrive, Typeform and LinkedIn, and the common German, French and
Spanish words. A field's own name is always one of its headings.
"""

Headings = dict[str, str]

LEAD_HEADINGS: Headings = {
    "external_id": "id, lead id, record id, record id - contact, contact id, external key, response id, "
    "submission id, marketo unique code, token, uuid",
    "anonymous_id": "visitor id, ajs anonymous id, rl anonymous id",
    "email": "e-mail, mail, email address, e-mail address, work email, business email, company email, your email, "
    "contact email, lead email, what's your email, what is your email address, e-mail-adresse, mailadresse, "
    "email-adresse, adresse e-mail, adresse email, courriel, mél, correo, correo electrónico, dirección de correo",
    "first_name": "first, given name, forename, your first name, first name *, vorname, prénom, nombre",
    "last_name": "last, surname, family name, your last name, nachname, familienname, nom de famille, apellido, "
    "apellidos",
    "job_title": "title, position, job, role, job role, job position, berufsbezeichnung, stelle, jobtitel, poste, "
    "fonction, intitulé du poste, cargo, puesto",
    "company": "company name, account, account name, organization, organisation, organization name, employer, "
    "business, business name, associated company, primary company, what company do you work for, firma, firmenname, "
    "unternehmen, entreprise, société, nom de l'entreprise, empresa, nombre de la empresa, compañía",
    "website": "website url, web site, url, company website, company url, homepage, company domain name, "
    "company domain, domain, domain name, webseite, internetseite, site web, site internet, sitio web, página web",
    "phone": "phone number, telephone, telephone number, tel, work phone, business phone, direct phone, "
    "company phone, telefon, telefonnummer, téléphone, numéro de téléphone, teléfono, número de teléfono",
    "country": "country/region, country name, country code, person country, mailing country, billing country, land, "
    "pays, país, staat",
    "region": "state, state/region, state/province, province, state code, mailing state, bundesland, région, "
    "provincia, estado, county",
    "city": "town, mailing city, billing city, stadt, ort, ville, ciudad",
    "employee_count": "employees, number of employees, no. of employees, num employees, numemployees, employee size, "
    "company size, team size, headcount, company headcount, mitarbeiter, mitarbeiterzahl, anzahl mitarbeiter, "
    "nombre d'employés, effectif, número de empleados, empleados",
    "employee_range": "employees range, employee size range, company size range, size range, headcount range, "
    "number of employees range",
    "industry": "sector, branche, secteur, secteur d'activité, industria, industry type",
    "annual_revenue": "revenue, annual revenue usd, company revenue, yearly revenue, turnover, umsatz, jahresumsatz, "
    "chiffre d'affaires, ingresos anuales, facturación",
    "tech_stack": "technologies, web technologies, technology stack, tools, tech",
    "source": "lead source, original source, original source type, original traffic source, source type, utm source, "
    "leadquelle, quelle, herkunft, source du prospect, origen, fuente",
    "campaign": "utm campaign, campaign name, acquisition program, original source campaign, kampagne, campagne, "
    "campaña",
    "intent_score": "intent, lead score, score, hubspot score, contact score, person score, marketo score, "
    "behavior score, rating score, punktzahl, puntuación",
    "occurred_at": "create date, created date, created at, created on, created, date created, createdate, "
    "creation date, submitted at, submit date, submission date, submit date (utc), submitted at (utc), "
    "conversion date, timestamp, date, datetime, lead created date, erstellt am, erstellungsdatum, datum, "
    "date de création, fecha de creación, fecha",
    "consent": "gdpr consent, marketing consent, opt in, opt-in, email opt in, legal basis, einwilligung, "
    "consentement, consentimiento",
    "consent_source": "consent origin, opt in source",
    "opt_out": "email opt out, has opted out of email, hasoptedoutofemail, unsubscribed, unsubscribed from all email, "
    "do not email, do not contact, abgemeldet, désinscrit, baja",
    "hand_raise": "requested demo, demo requested, contact sales, hand raiser",
    "custom": "",
}

# What became of a lead of before, beside what any lead has.
PAST_HEADINGS: Headings = {
    "owner_email": "owner, owner e-mail, lead owner, lead owner email, contact owner, hubspot owner, sales rep, "
    "sales rep email, rep, rep email, assigned to, zuständig, propriétaire, propietario",
    "accepted_at": "accepted, accepted on, date accepted, acceptance date, picked up at, became a sales accepted lead "
    "date, became a sales qualified lead date, sal date",
    "first_touch_at": "first touch, first touch date, first contacted at, first contact date, first activity date, "
    "first response at, date of first engagement, erster kontakt",
    "converted": "is converted, isconverted, converted to opportunity, won, is won, gewonnen",
}

# Taken only when no heading above stands for the field: most exports have both.
LEAD_SECOND_CHOICE: Headings = {
    "last_name": "name, full name, your name, contact name, lead name, contact, nom, nom complet, nombre completo",
    "phone": "mobile, mobile phone, mobile phone number, cell, cell phone, mobiltelefon, handy, portable, móvil",
    "source": "latest source, latest traffic source, utm medium, channel",
    "campaign": "first conversion, recent conversion, form name",
    "occurred_at": "became a lead date, first conversion date, recent conversion date",
    "website": "email domain",
}

ACCOUNT_HEADINGS: Headings = {
    "external_id": "id, account id, company id, record id, record id - company, crm id, symbol, ticker",
    "name": "company, company name, account, account name, organization, organisation, business name, security, "
    "legal name, firma, firmenname, unternehmen, entreprise, société, nom, empresa, nombre",
    "website": "website url, web site, url, company website, homepage, domains or website, webseite, site web, "
    "sitio web",
    "domains": "domain, company domain name, company domain, domain name, domain names, email domains",
    "employee_count": "employees, number of employees, no. of employees, num employees, numemployees, company size, "
    "team size, headcount, mitarbeiter, mitarbeiterzahl, anzahl mitarbeiter, nombre d'employés, effectif, empleados",
    "employee_range": "employees range, employee size range, company size range, size range, headcount range, "
    "number of employees range",
    "industry": "sector, gics sector, branche, secteur, industria",
    "sub_industry": "gics sub-industry, sub sector, industry group, secondary industry",
    "location": "locations, all locations, headquarters, headquarters location, hq, hq location, office location, "
    "office, address, standort, siège",
    "country": "country/region, country name, country code, billing country, land, pays, país",
    "region": "state, state/region, state/province, province, billing state, bundesland, région, provincia",
    "city": "town, billing city, stadt, ort, ville, ciudad",
    "annual_revenue": "revenue, annual revenue usd, turnover, umsatz, jahresumsatz, chiffre d'affaires",
    "aliases": "former names, former name, previous names, alias, also known as, aka, other names, alternative names",
    "owner_email": "owner e-mail, account owner email, company owner email, rep email, sales rep email",
    "founded_year": "founded, year founded, year established, established, founding year, founded on, gegründet, "
    "launched, launched at",
    "tech_stack": "technologies, web technologies, technology stack, tools, tech",
}

ACCOUNT_SECOND_CHOICE: Headings = {
    "founded_year": "date founded",
}

SUPPRESSION_HEADINGS: Headings = {
    "whom": "who, entry, value, item, email or domain, e-mail or domain, email/domain, suppression, suppressed, "
    "blocklist, blacklist, do not contact, exclusion, exclusions",
    "email": LEAD_HEADINGS["email"],
    "domain": "domains, domain name, company domain, company domain name, email domain",
    "reason": "type, kind, category, suppression reason, suppression type, reason code, because, grund, art, raison, "
    "motif, motivo, tipo",
    "scope": "suppressed from, applies to, suppression scope",
    "note": "notes, comment, comments, remark, remarks, description, notiz, bemerkung, kommentar, commentaire, "
    "remarque, nota, comentario",
}

SUPPRESSION_SECOND_CHOICE: Headings = {
    "domain": "website, website url, web site, url, company website, homepage, webseite, site web, sitio web",
}
