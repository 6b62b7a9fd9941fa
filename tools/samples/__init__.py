"""One module per built-in task whose sample is made by a program."""
