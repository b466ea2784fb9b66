"""The compiled engine: the equations become a text, the text machine code, the machine code is kept on disk."""
