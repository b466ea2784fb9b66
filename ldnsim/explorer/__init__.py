"""The dose explorer: what can be asked, what is drawn of it, and the page that a browser shows."""
