"""Fee items with dated prices, orders, tills and their days, cash, receipts."""
