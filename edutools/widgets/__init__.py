"""The things that one plays with: each widget is one .py beside one .js."""
