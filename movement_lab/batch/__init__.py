"""Many clips: assessed one a process, kept by what they depend on, laid out as tables.

``inputs`` says which clips and as what; ``keys`` what each result depends on; ``work`` follows and judges one
clip in a process of its own (``hand``); ``run`` hands the clips out, here or on a Dask cluster (``cluster``);
``tables``, ``frames`` and ``page`` put the folder together; ``recompute`` judges stored tracks again, and
``differences`` compares two folders.
"""
