"""How well and how fast leads meet their accounts."""
