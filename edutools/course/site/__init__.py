"""The course as a site with no kernel: static pages in which every widget is alive."""
