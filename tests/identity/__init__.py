"""How it is proven who somebody is: passwords and OpenID Connect."""
