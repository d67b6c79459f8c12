"""The pages: a landing page, the demo shop, the merchant's form and the explanation of an order."""
