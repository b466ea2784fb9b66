"""The explorer: what can be asked, what is drawn, and its page in a browser."""
