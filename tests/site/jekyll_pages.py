"""Sites for the comparison with Jekyll: a configuration, sections, and files, each (path, lines of front matter)."""

__all__ = ["JEKYLL_SITES"]

_PLAIN = """\
url: https://j.example
baseurl: /log
timezone: America/New_York
exclude: [_posts/old, "_posts/**/*.tmp.md", drafty/]
defaults:
  - scope: {path: "", type: posts}
    values: {layout: post, categories: [all]}
  - scope: {path: _posts/quiet, type: posts}
    values: {published: false}
  - scope: {path: "_posts/quiet/*/loud"}
    values: {published: true}
  - scope: {path: news}
    values: {permalink: "/n/:title/"}
  - scope: {path: "_posts/star/*-a.md"}
    values: {permalink: "/star/:title"}
  - scope: {type: post, path: _posts/single}
    values: {slug: by-default}
"""
_POSTS: tuple[tuple[str, str], ...] = (
    ("_posts/2025-05-14-a-story.md", ""),
    ("_posts/2025-05-14-Case Kept.md", ""),
    ("_posts/2025-5-4-short.md", ""),
    ("_posts/25-05-14-two-digits.md", ""),
    ("_posts/2025-05-14-dots.v1.md", ""),
    ("_posts/2025-05-14-under_score.md", ""),
    ("_posts/2025-05-14-a--b.md", ""),
    ("_posts/2025-05-14-am&p.md", ""),
    ("_posts/2025-05-14-Ünïcode ß.md", ""),
    ("_posts/2025-05-14-日本.md", ""),
    ("_posts/2025-05-14-50%.md", ""),
    ("_posts/2025-05-14-c++.md", ""),
    ("_posts/2025-05-14-c#.md", ""),
    ("_posts/2025-05-14-it's (one), two; three!.md", ""),
    ("_posts/2025-05-14-q=1@x~y$z.md", ""),
    ("_posts/2025-05-14--lead-.md", ""),
    ("_posts/2025-05-14-emoji🎉.md", ""),
    ("_posts/2025-05-14-page.html", ""),
    ("_posts/2025-05-14-mark.markdown", ""),
    ("_posts/2025-05-14-slug.md", "slug: Other Slug.v2"),
    ("_posts/2025-05-14-slug2.md", "slug: a/b"),
    ("_posts/2025-05-14-cats.md", "categories: [One, two words]"),
    ("_posts/2025-05-14-cats2.md", "categories: a B"),
    ("_posts/2025-05-14-cats3.md", "category: C d"),
    ("_posts/2025-05-14-cats4.md", "category: x\ncategories: [y, Z]"),
    ("_posts/2025-05-14-cats5.md", "categories: [a/b, 'c&d', Ü]"),
    ("_posts/2025-05-14-cats6.md", "categories: [2025, true]"),
    ("_posts/2025-05-14-cats7.md", "categories: []"),
    ("_posts/2025-05-14-cats8.md", "categories:"),
    ("_posts/2025-05-14-cats9.md", "categories: [A, a]"),
    ("_posts/2025-05-14-tags.md", "tags: [t]"),
    ("news/_posts/2025-05-14-folder.md", ""),
    ("news/_posts/2025-05-14-own.md", "permalink: /own/:title.html"),
    ("News/Deep/_posts/2025-05-14-both.md", "categories: [x, news]"),
    ("_posts/sub/2025-05-14-below.md", ""),
    ("_posts/2025-05-14-dated.md", "date: 2025-05-13 10:00:00"),
    ("_posts/2025-05-14-zoned.md", "date: 2025-05-15T02:00:00Z"),
    ("_posts/2025-05-14-zoned2.md", "date: 2025-05-14 23:30:00 -0700"),
    ("_posts/2025-05-14-zoned3.md", "date: '2025-05-14 23:30:00 +0900'"),
    ("_posts/2025-05-14-day.md", "date: 2025-05-12"),
    ("_posts/2025-05-14-own.md", "permalink: /own/"),
    ("_posts/2025-05-14-own2.md", "permalink: own2"),
    ("_posts/2025-05-14-own3.md", "permalink: /a b/ü.html"),
    ("_posts/2025-05-14-own4.md", "permalink: /x//y/./z"),
    ("_posts/2025-05-14-own5.md", "permalink: pretty"),
    ("_posts/2025-05-14-own6.md", "permalink: /p/:title/:i_month/"),
    ("_posts/2025-05-14-own7.md", "permalink: /:year-:month-:day-:title:output_ext"),
    ("_posts/2025-05-14-own8.md", "permalink: none\ncategories: q"),
    ("_posts/2025-05-14-out.md", "published: false"),
    ("_posts/2025-05-14-in.md", "published: true"),
    ("_posts/2025-05-14-late.md", "date: 2025-05-14 23:30:00"),
    ("_posts/2025-05-14-late2.md", "date: 2025-05-14 03:30"),
    ("_posts/2025-05-14-ends.with...md", ""),
    ("_posts/2025-05-14-past.md", "date: 1999-01-01 00:00:00"),
    ("_posts/quiet/2025-05-14-by-default.md", ""),
    ("_posts/quiet/2025-05-14-by-default2.md", "published: true"),
    ("_posts/quiet/x/loud/2025-05-14-louder.md", ""),
    ("_posts/star/2025-05-14-a.md", ""),
    ("_posts/star/2025-05-14-b.md", ""),
    ("_posts/single/2025-05-14-named.md", ""),
    ("_posts/no-day.md", "date: 2025-05-14"),
    ("_posts/_part/2025-05-14-part.md", ""),
    ("_posts/old/2025-05-14-excluded.md", ""),
    ("_posts/x/2025-05-14-y.tmp.md", ""),
    ("drafty/_posts/2025-05-14-z.md", ""),
    ("_drafts/2025-05-14-draft.md", ""),
    ("_drafts/idea.md", ""),
)
_STYLE_POSTS: tuple[tuple[str, str], ...] = (
    ("_posts/2025-01-02-A.b C.md", "categories: [C D, e]"),
    ("x/_posts/2024-12-30-w.md", "slug: S l"),
    ("_posts/2025-05-14-d.html", "date: 2025-05-14 13:04:05"),
)
_STYLES = {
    "date": "permalink: date",
    "pretty": "permalink: pretty",
    "ordinal": "permalink: ordinal",
    "weekdate": "permalink: weekdate",
    "none": "permalink: none",
    "slashed": "permalink: /:year/:i_month/:i_day/:short_year/:slug/",
    "bare": "permalink: /:categories/:title",
    "slugged": "permalink: /:slugified_categories/:slug.html",
    "names": "permalink: /:long_day/:short_day/:short_month/:long_month/:y_day/:w_day/:w_year/:week/:title:output_ext",
    "clock": "permalink: /:hour/:minute/:second/:title/",
    "glued": "permalink: /:month_:day/x:title-:year/",
    "plain": "permalink: blog/:title",
    "own-posts": "permalink: pretty\ncollections: {posts: {permalink: '/c/:title.html', output: true}}",
    "future": "future: true\npermalink: /f/:title",
}
_COLLECTIONS = """\
url: https://j.example
permalink: {style}
collections_dir: all
collections:
  notes: {{output: true, permalink: "/n/:name/:title/"}}
  plain: {{output: true}}
  dead: {{}}
  paths: {{output: true, permalink: /:collection/:path:output_ext}}
defaults:
  - scope: {{path: "", type: plain}}
    values: {{layout: x}}
  - scope: {{path: all/_notes/shown}}
    values: {{permalink: /shown/:title}}
  - scope: {{path: "", type: dead}}
    values: {{output: true, permalink: "/d/:title/"}}
"""
_DOCUMENTS: tuple[tuple[str, str], ...] = (
    ("all/_notes/One Note.md", "date: 2025-05-14"),
    ("all/_notes/2025-05-14-dated.md", ""),
    ("all/_notes/shown/x.md", "date: 2025-05-14"),
    ("all/_plain/sub/Two Words.md", "date: 2025-05-14"),
    ("all/_plain/slug.md", "date: 2025-05-14\nslug: other"),
    ("all/_plain/2025-05-14-dated.v2.md", ""),
    ("all/_plain/off.md", "date: 2025-05-14\npublished: false"),
    ("all/_plain/own.md", "date: 2025-05-14\npermalink: /mine"),
    ("all/_paths/a/b.md", "date: 2025-05-14"),
    ("all/_dead/x.md", "date: 2025-05-14"),
    ("all/_posts/2025-05-14-post.md", ""),
    ("all/c/_posts/2025-05-14-post2.md", ""),
)
_ALL = ("posts", "notes", "plain", "dead", "paths")
JEKYLL_SITES = {
    "posts": (_PLAIN, ("posts",), _POSTS),
    **{name: (f"url: https://j.example\n{lines}\n", ("posts",), _STYLE_POSTS) for name, lines in _STYLES.items()},
    **{
        f"collections-{number}": (_COLLECTIONS.format(style=style), _ALL, _DOCUMENTS)
        for number, style in enumerate(("date", "pretty", "/x/:title/", "/x/:title"))
    },
}
