"""Which account a lead belongs to.

names.py       what is compared of a company's name, and when it is safe to link by (pure)
likeness.py    how alike two names are (pure)
owners.py      domains that one owner runs (pure)
index.py       the names of the accounts, kept in step with them
linking.py     links a set of leads: domain, same owner, a person's answer, a name only one account has
suggesting.py  up to three accounts that a typed name may mean, for a person to pick from
review.py      which names wait for a person
"""
