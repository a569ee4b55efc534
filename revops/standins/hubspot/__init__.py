"""A stand-in for HubSpot's CRM API, in its dated form."""
