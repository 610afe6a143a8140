"""File formats, each behind one small door: what a file is, where it ends, what it holds.

The only room that imports Pillow, pi-heif, pydicom, pikepdf and OpenCV's video reader. Every door takes bytes, never
a path; checks sizes before it decodes; and turns foreign exceptions into `FormatError` or `LimitReached`.
"""
