"""Nouns to folium maps and still pictures. No I/O."""
