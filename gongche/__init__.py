"""The one place that knows everything: settings, command line, wiring, embedded servers, simulator."""
