"""Scripts that make a browser look like a device with Japanese letters of its own, or without, to `app.js`.

It draws two characters and compares: a device that has the letters draws them differently, one that lacks them alike.
"""

DRAWN = "const draw = CanvasRenderingContext2D.prototype.fillText; CanvasRenderingContext2D.prototype.fillText = "
HAS_LETTERS = DRAWN + "function (text, x, y) { draw.call(this, text === '国' ? 'A' : 'B', x, y); }"
LACKS_LETTERS = DRAWN + "function (text, x, y) { draw.call(this, 'A', x, y); }"
