"""A stand-in for Slack: the Web API that Airtight calls, and pages on which people see the cards and press buttons."""
