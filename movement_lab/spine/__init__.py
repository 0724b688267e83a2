"""Hip, lumbar and rib cage told apart: several methods behind one `SpineEstimate`."""
