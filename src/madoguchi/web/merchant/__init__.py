"""Pages for shops and other businesses that want to join."""
