"""Requests that we send through the browser, remembered until their one answer comes (D1, D3)."""
