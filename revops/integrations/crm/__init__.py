"""CRMs behind one port: `port.py` says what Airtight asks of any of them, a module each says how a vendor is asked."""
