"""Pro forma invoices and credit notes on paper: rendered once, kept with their hash."""
