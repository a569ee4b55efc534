"""What the stand-ins for CRMs share: the records, how they are changed by hand, and the page that shows them."""
