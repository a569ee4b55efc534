"""The companies that the demo's leads come from; the stand-ins of enrichment vendors know them too."""

# name, domain, country, city, people, industry
ACCOUNTS = (
    ("Northwind Robotics", "northwind-robotics.example", "US", "Austin", 340, "Industrials"),
    ("Harbor & Pine", "harborpine.example", "US", "Portland", 85, "Consumer"),
    ("Lumen Ledger", "lumenledger.example", "US", "New York", 210, "Fintech"),
    ("Cobalt Health", "cobalthealth.example", "CA", "Toronto", 460, "Healthcare"),
    ("Quarry Analytics", "quarry.example", "US", "Denver", 130, "B2B"),
    ("Tern Logistics", "ternlogistics.example", "MX", "Monterrey", 620, "Industrials"),
    ("Vanta Mills", "vantamills.example", "US", "Chicago", 4200, "Consumer"),
    ("Solstice Energy", "solstice.example", "GB", "London", 2600, "Industrials"),
    ("Brightwater Bank", "brightwater.example", "US", "Charlotte", 9800, "Fintech"),
    ("Kestrel Aero", "kestrelaero.example", "FR", "Toulouse", 1500, "Industrials"),
    ("Molen Software", "molen.example", "NL", "Utrecht", 90, "B2B"),
    ("Alpenglow AG", "alpenglow.example", "CH", "Zürich", 240, "Fintech"),
    ("Rheinwerk Labs", "rheinwerk.example", "DE", "Köln", 150, "Healthcare"),
    ("Sakura Freight", "sakurafreight.example", "JP", "Osaka", 310, "Industrials"),
    ("Merlion Cloud", "merlion.example", "SG", "Singapore", 75, "B2B"),
    ("Tinfoil Studio", "tinfoil.example", "US", "Seattle", 6, "Consumer"),
    ("Oakridge College", "oakridge.example", "US", "Boston", 900, "Education"),
)
# What the demo prints to be tried at first promises what becomes of it. So nothing of these two comes from the CRM,
# whose deals and owners would send a lead elsewhere, and no lead of the demo's past is of the first.
TO_WATCH = ("Fernhill Optics", "fernhill.example", "US", "Denver", 130, "B2B")
TO_BYPASS = next(account for account in ACCOUNTS if account[1] == "lumenledger.example")
DIRECTORY = (*ACCOUNTS, TO_WATCH)
IN_THE_CRM = tuple(account for account in ACCOUNTS if account is not TO_BYPASS)
