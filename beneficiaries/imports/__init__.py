"""From register files to the registry: reading cells, checking rows against each other, entering them.

* `template`: the columns of the two files and what each may hold;
* `cells`: pure readers, one cell in, its plain form or what is wrong with it out;
* `doubts`: what is doubtful about a person, by itself or beside the head; the guided registration asks it too;
* `reading`: files of several encodings, separators and formats as rows of text;
* `layout`: files of other layouts: which column is what, what its words mean; `suggesting` proposes it;
* `staging`: rows into the staging tables, findings beside them, in one pass over the file;
* `checks`: what no row can know alone (repeats, orphans, heads, the registry), as statements over the staged sets;
* `entering`: staged rows into the registry, some households at a time;
* `undoing`: what depends on entered rows, and taking them out again;
* `pairs`: people who share a national number;
* `reasons`: every finding as a sentence in the reader's language.
"""
