"""The whole configuration as one YAML file: written out, compared with what is in the tables, and put into them."""
