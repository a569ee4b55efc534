"""A stand-in for Salesforce's REST API."""
