"""What HubSpot's Breeze fills in of a company by its domain, in properties that no rep types into here."""

from typing import Any

from revops.standins.companies import company_at


def filled_in(domain: str | None) -> dict[str, Any]:
    """By property; all are there, and null where Breeze knows nothing."""
    company = company_at(domain) if domain else None
    return {
        "hs_country_code": company and company.place[0],
        "web_technologies": company and ";".join(name.lower().replace(" ", "_") for name, *_ in company.technologies),
        "founded_year": company and company.founded,
        "linkedin_company_page": company and f"https://www.linkedin.com/company/{company.slug}",
    }
