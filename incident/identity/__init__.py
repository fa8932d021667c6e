"""How it is proven who somebody is: passwords and OpenID Connect, each by a library. Nothing is kept here."""
