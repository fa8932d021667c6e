"""Who asks, what they may, and what every answer tells the browser to do and not to do."""
