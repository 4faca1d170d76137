"""The browser's and the API's door to the desk."""
