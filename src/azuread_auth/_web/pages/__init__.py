"""The pages a browser is shown: plain, accessible, without anything from elsewhere."""
