# ruff: noqa: RUF001 - titles with signs that look like others are what is tested
"""Sites for the comparison with Hugo: a configuration and pages, each (path below content, title, further lines)."""

__all__ = ["SITES", "THEMED"]

_DATE = "2024-03-05T01:30:00+05:00"

PATTERNS_CONFIG = """\
baseURL = "https://h.example/sub/"
title = "H"
enableRobotsTXT=false
[permalinks.page]
"/" = "/root/:slug/"
a = "/:year/:month/:day/:title/"
b = "/:sections/:slug"
c = "/:sections[1:]/:contentbasename.html"
d = "/:section/:filename/"
e = "/:yearday/:weekday/:weekdayname/:monthname/:06/:slugorcontentbasename"
f = "/:sections[last]/x-:slugorfilename/"
g = "/:sectionslug/:sectionslugs/:slug"
h = "/:sections[0]/:sections[1:2]/:sections[:1]/:slug"
"""
PATTERNS: tuple[tuple[str, str, str], ...] = (
    ("a/50%.md", "50% of", ""),
    ("a/C#.md", "C# and F#", ""),
    ("a/emoji.md", "🎉 Party 🎉 time", ""),
    ("a/sub/y.md", "Y", "slug: My Slug"),
    ("a/x.md", "'A: Title / with, Slash & more'", ""),
    ("b/Bun/index.md", "Bun T", ""),
    ("b/p/q/r.md", "Deep One", ""),
    ("c/Bun/index.md", "Bun T", ""),
    ("c/p/q/r.md", "Deep One", ""),
    ("d/Bun/index.md", "T", "slug: s"),
    ("d/Some File.md", "T", ""),
    ("e/Some.md", "T", "slug: Sl Ug"),
    ("e/other.md", "Other", ""),
    ("f/u/v/w.md", "T", ""),
    ("g/_index.md", "G", "slug: gee"),
    ("g/h/_index.md", "G H", "slug: aitch"),
    ("g/h/i.md", "I T", ""),
    ("h/Aa/Bb/cc.md", "T T", ""),
    ("root.md", '"Root Page\'s Title"', ""),
    ("rootb/extra.md", "Res", ""),
    ("rootb/index.md", "Root Bundle", ""),
    ("z/ lead.md", "T", ""),
    ("z/@at+plus~t.md", "T", ""),
    ("z/C#.md", "T", ""),
    ("z/Sub Dir/Page One.md", "T", ""),
    ("z/a  b.md", "T", ""),
    ("z/a:b.md", "T", ""),
    ("z/a=b;c.md", "T", ""),
    ("z/a_&_b.md", "T", ""),
    ("z/br/_index.md", "T", ""),
    ("z/br/img/data.md", "T", ""),
    ("z/br/x/index.md", "T", ""),
    ("z/br/x/y/z.md", "T", ""),
    ("z/index2/index.md", "T", ""),
    ("z/post.fr.md", "T", ""),
    ("z/q?x.md", "T", ""),
    ("z/sec/index.md", "T", ""),
    ("z/sec/sub/index.md", "T2", ""),
    ("z/slug1.md", "T", "slug: a/b"),
    ("z/slug2.md", "T", "slug: Ünï X"),
    ("z/slug3.md", "T", "slug: 'x.y'"),
    ("z/slug4.md", "T", 'slug: "/abs/"'),
    ("z/slug5.md", "T", "slug: index"),
    ("z/trail-.md", "T", ""),
    ("z/url1.md", "T", "url: /Foo/Bar Baz/"),
    ("z/url10.md", "T", 'url: "/"'),
    ("z/url11.md", "T", "url: /feed.xml"),
    ("z/url2.md", "T", "url: foo/bar.html"),
    ("z/url3.md", "T", "url: /:year/:slug/x"),
    ("z/url4.md", "T", "url: /noslash"),
    ("z/url6.md", "T", "url: /a/../b"),
    ("z/url7.md", "T", "url: /a.b"),
    ("z/url8.md", "T", 'url: "/q?x=1#f"'),
    ("z/url9.md", "T", "url: /ünï/é"),
    ("z/x.html.md", "T", ""),
    ("z/日本.md", "T", ""),
    ("z/ﬁx.md", "T", ""),
)

TITLES_CONFIG = """\
baseURL = "https://h.example/"
title = "H"
[permalinks]
t = "/t/:title/"
s = "/s/:slug/"
u = "/u/:slugorcontentbasename/"
v = "V/Foo Bar/:slug"
w = "/w/:contentbasename"
k = "/:year-:month-:day/:slug"
n = "/:2006/:Jan/:02/:slug/"
"""
TITLES: tuple[tuple[str, str, str], ...] = (
    ("k/x.md", "T", ""),
    ("n/x.md", "T", ""),
    ("s/s1.md", "T", 'slug: "x/y z"'),
    ("s/s2.md", "T", 'slug: "C++"'),
    ("s/s3.md", "T", 'slug: "/abs/"'),
    ("s/s4.md", "T", 'slug: "a.html"'),
    ("s/s5.md", "T", 'slug: "Ü+x"'),
    ("s/t1.md", '"x/y z"', ""),
    ("s/t10.md", '"a & b - c -- d"', ""),
    ("s/t12.md", '"tab\\there"', ""),
    ("s/t13.md", '"Wait... what?"', ""),
    ("s/t14.md", '"It’s “quoted”"', ""),
    ("s/t15.md", '"α β Σ"', ""),
    ("s/t16.md", '"a_b"', ""),
    ("s/t17.md", '"İstanbul"', ""),
    ("s/t18.md", '"1.5"', ""),
    ("s/t19.md", '"a…b"', ""),
    ("s/t2.md", '"C++ rocks"', ""),
    ("s/t20.md", '"x  y"', ""),
    ("s/t21.md", '"e\\u0301a"', ""),
    ("s/t22.md", '"²"', ""),
    ("s/t23.md", '"x/"', ""),
    ("s/t24.md", '"/x"', ""),
    ("s/t25.md", '"a+b c"', ""),
    ("s/t3.md", '"100% of it"', ""),
    ("s/t4.md", '"50%20x"', ""),
    ("s/t5.md", '"a \\\\ b"', ""),
    ("s/t6.md", '"a.b.c"', ""),
    ("s/t7.md", '"Ünï & Co — dash"', ""),
    ("s/t8.md", '"a@b ~c #d"', ""),
    ("s/t9.md", '"  lead trail  "', ""),
    ("t/t1.md", '"x/y z"', ""),
    ("t/t10.md", '"a & b - c -- d"', ""),
    ("t/t12.md", '"tab\\there"', ""),
    ("t/t13.md", '"Wait... what?"', ""),
    ("t/t14.md", '"It’s “quoted”"', ""),
    ("t/t15.md", '"α β Σ"', ""),
    ("t/t16.md", '"a_b"', ""),
    ("t/t17.md", '"İstanbul"', ""),
    ("t/t18.md", '"1.5"', ""),
    ("t/t19.md", '"a…b"', ""),
    ("t/t2.md", '"C++ rocks"', ""),
    ("t/t20.md", '"x  y"', ""),
    ("t/t21.md", '"e\\u0301a"', ""),
    ("t/t22.md", '"²"', ""),
    ("t/t23.md", '"x/"', ""),
    ("t/t24.md", '"/x"', ""),
    ("t/t25.md", '"a+b c"', ""),
    ("t/t3.md", '"100% of it"', ""),
    ("t/t4.md", '"50%20x"', ""),
    ("t/t5.md", '"a \\\\ b"', ""),
    ("t/t6.md", '"a.b.c"', ""),
    ("t/t7.md", '"Ünï & Co — dash"', ""),
    ("t/t8.md", '"a@b ~c #d"', ""),
    ("t/t9.md", '"  lead trail  "', ""),
    ("u/Ab c/index.md", "T", ""),
    ("u/C++.md", "T", ""),
    ("u/a  b.md", "T", ""),
    ("v/x.md", "T", ""),
    ("w/50%.md", "T", ""),
    ("w/A+b.md", "T", ""),
    ("w/a  b.md", "T", ""),
    ("w/a—b.md", "T", ""),
    ("w/x.y.md", "T", ""),
    ("z/s1.md", "T", 'slug: "x/y z"'),
    ("z/s11.md", "T", "slug: index"),
    ("z/s2.md", "T", 'slug: "C++"'),
    ("z/s4.md", "T", 'slug: "a.html"'),
    ("z/s6.md", "T", 'slug: "a & b"'),
    ("z/s7.md", "T", 'slug: "100%"'),
    ("z/s8.md", "T", "slug: ''"),
    ("z/s9.md", "T", "slug: 'a  b'"),
    ("z/u1.md", "T", "url: x/y z"),
    ("z/u10.md", "T", 'url: "/x.php"'),
    ("z/u11.md", "T", 'url: "/X Y.html"'),
    ("z/u12.md", "T", 'url: "./x"'),
    ("z/u13.md", "T", 'url: "/a/./b/"'),
    ("z/u14.md", "T", 'url: "/[x]/"'),
    ("z/u15.md", "T", 'url: "/it\'s/"'),
    ("z/u16.md", "T", 'url: "/a,b;c=d&e/"'),
    ("z/u2.md", "T", "url: /p/:title/"),
    ("z/u3.md", "T", "url: /C++/"),
    ("z/u4.md", "T", 'url: "/a#b/"'),
    ("z/u6.md", "T", 'url: "/a%20b/"'),
    ("z/u8.md", "T", "url: /x/index.html"),
)

HIDDEN_CONFIG = """\
baseURL: "https://h.example/"
title: "H"
languageCode: en-US
defaultContentLanguage: en
timeZone: Europe/Berlin
languages:
  en: {weight: 1}
  es: {weight: 2, title: Hola, languageCode: es-ES, permalinks: {p: "/es-p/:slug/"}}
  pt-br: {weight: 3}
permalinks:
  page: {p: "/:year/:slug/", q: "/qq/:slug/"}
uglyURLs: {ug: true}
ignoreFiles: ['\\.ign\\.md$', 'secret/']
frontmatter: {date: [':filename', ':default']}
cascade:
  - build: {render: never}
    _target: {path: '/casc/**'}
  - draft: true
    target: {path: '{/x1,/x2}/*', kind: page}
  - slug: fromcascade
    _target: {path: /sl/one}
"""
HIDDEN: tuple[tuple[str, str, str], ...] = (
    ("casc/a.md", "A", ""),
    ("casc/own.md", "O", "build: {render: always}"),
    ("casc/sub/b.md", "B", ""),
    ("deep/_index.md", "D", ""),
    ("deep/leaf/child/_index.md", "L", ""),
    ("deep/leaf/child/x.md", "L", ""),
    ("deep/leaf/index.md", "L", ""),
    ("deep/one/_index.md", "O", ""),
    ("deep/one/two/x.md", "X", ""),
    ("fn/2024-02-03-named.md", "N", ""),
    ("fn/2024-02-03-named2.md", "N", "date: 2020-01-01"),
    ("fn/2024-02-03-named3.md", "N", "slug: mine"),
    ("fn/2024-02-04.md", "N", ""),
    ("fn/2024-02-05 named four.md", "N", ""),
    ("fn/2024-02-06-b/index.md", "N", ""),
    ("h/a/index.md", "A", "headless: true"),
    ("h/b.md", "B", "headless: true"),
    ("h/c.md", "C", "build: {render: never}"),
    ("h/d.md", "D", "build: {render: link}"),
    ("h/e.md", "E", "build: {render: false}"),
    ("h/f.md", "F", "build: {render: true, list: never}"),
    ("h/g.md", "G", "draft: true"),
    ("h/h.md", "H", "expiryDate: 2020-01-01"),
    ("h/i.md", "I", "publishDate: 2120-01-01"),
    ("h/j.md", "J", "build: {publishResources: false}"),
    ("h/k.md", "K", "build: {list: false}"),
    ("ign/a.ign.md", "A", ""),
    ("ign/secret/b.md", "B", ""),
    ("p/bun/index.es.md", "Bes", ""),
    ("p/bun/index.md", "B", ""),
    ("p/bun/notes.md", "N", ""),
    ("p/fr.fr.md", "F", ""),
    ("p/one.es.md", "Uno", "date: 2024-01-01"),
    ("p/one.md", "One", "date: 2024-01-01"),
    ("p/one.pt-br.md", "Um", "date: 2024-01-01"),
    ("q/a.es.md", "Q", ""),
    ("q/a.md", "Q", ""),
    ("q/b.es.md", "Q", "url: rel"),
    ("q/c.es.md", "Q", "url: /es2/abs"),
    ("rb/index.md", "RB", ""),
    ("root.md", "R", ""),
    ("sec/_index.md", "S", "cascade: {draft: true}"),
    ("sec/a.md", "A", ""),
    ("sec/c.md", "C", "draft: false"),
    ("sec/sub/_index.md", "Sub", "cascade: {draft: false}"),
    ("sec/sub/b.md", "B", ""),
    (
        "sec2/_index.md",
        "S",
        (
            "cascade: [{build: {render: never}, _target: {path: '/sec2/x*'}},\n"
            "  {url: /:sections/cc/:slug/, target: {path: '**/y*'}}]"
        ),
    ),
    ("sec2/x1.md", "X", ""),
    ("sec2/y1.md", "Y", ""),
    ("sec2/z1.md", "Z", ""),
    ("sec3/_index.md", "S", 'build: {render: never}\ncascade: {params: {a: 1}, _target: {path: "**x"}, draft: true}'),
    ("sec3/a.es.md", "A", ""),
    ("sec3/a.md", "A", ""),
    ("sl/one.md", "X", ""),
    ("ug/s.md", "S", "slug: sl ug"),
    ("ug/sub/b/index.md", "Y", ""),
    ("ug/u.md", "U", "url: /ugu"),
    ("ug/u2.md", "U", "url: /ugu2/"),
    ("ug/x.md", "X", ""),
    ("ug/z.es.md", "Z", ""),
    ("x1/a.md", "A", ""),
    ("x1/b.md", "B", "draft: false"),
    ("x2/sub/c.md", "C", ""),
)

PATHS_CONFIG = """\
baseURL = "https://h.example/sub"
title = "H"
uglyURLs = true
removePathAccents = true
defaultContentLanguage = "en"
defaultContentLanguageInSubdir = true
mainSections = ["b"]
[languages.en]
contentDir = "content/en"
[languages.es]
contentDir = "content/es"
[permalinks]
b = "/:year/:slug/"
c = "/:year/:slug"
d = "/Cap/:section/:title"
"""
PATHS: tuple[tuple[str, str, str], ...] = (
    ("en/D/Y.md", "Two W", ""),
    ("en/a/Upper X.md", "T", ""),
    ("en/a/s.md", "T", "slug: 'Sé x/'"),
    ("en/a/u1.md", "T", "url: /v1.2/notes"),
    ("en/a/u2.md", "T", "url: /v1.2/notes/"),
    ("en/a/u3.md", "T", "url: foo"),
    ("en/b/X.md", "Ünï Cödé", ""),
    ("en/c/X.md", "Ünï", ""),
    ("es/a/u4.md", "T", "url: /foo"),
    ("es/a/u5.md", "T", "url: /es/foo"),
    ("es/a/z.en.md", "Z", ""),
    ("es/a/z2.md", "Z", ""),
)

TWINS_CONFIG = """\
baseURL = "https://h.example/"
title = "H"
[security]
allowContent = [".*"]
[languages.en]
[languages.es]
"""
TWINS: tuple[tuple[str, str, str], ...] = (
    ("p/#skipped.md", "S", ""),
    ("p/.dir/x.md", "X", ""),
    ("p/a.html", "H", ""),
    ("p/a.md", "M", ""),
    ("p/b.htm", "H", ""),
    ("p/b.html", "H", ""),
    ("p/b.markdown", "M", ""),
    ("p/c/index.html", "H", ""),
    ("p/c/index.md", "M", ""),
    ("p/d.md", "File", ""),
    ("p/d/index.md", "Bundle", ""),
    ("p/e.es.md", "File", ""),
    ("p/e/index.md", "Bundle", ""),
    ("p/f.md", "File", ""),
    ("p/f/_index.md", "Section", ""),
    ("p/g.md", "File", ""),
    ("p/g/x.md", "X", ""),
    ("p/h.htm", "H", ""),
    ("p/i.md", "M", ""),
    ("p/i.org", "O", ""),
    ("p/j/index.es.md", "Es", ""),
    ("p/j/index.html", "En", ""),
    ("p/up.MD", "U", ""),
)

SITES = {
    "patterns": ("hugo.toml", PATTERNS_CONFIG, PATTERNS, _DATE),
    "titles": ("hugo.toml", TITLES_CONFIG, TITLES, _DATE),
    "hidden": ("hugo.yaml", HIDDEN_CONFIG, HIDDEN, ""),
    "twins": ("hugo.toml", TWINS_CONFIG, TWINS, _DATE),
    "paths": ("hugo.toml", PATHS_CONFIG, PATHS, _DATE),
}

THEMED_CONFIG = """\
baseURL = "https://h.example/"
title = "H"
theme = ["one", "two"]
[permalinks]
posts = "/p/:slug/"
[module]
[[module.imports]]
path = "three"
[[module.imports]]
path = "example.org/vendored"
[[module.imports]]
path = "off"
disable = true
[[module.imports]]
path = "bare"
noMounts = true
[[module.imports]]
path = "mapped"
[[module.imports.mounts]]
source = "texts"
target = "content/posts/mapped"
[[module.mounts]]
source = "content"
target = "content"
files = ["! posts/skip*.md", "! **/not/**", "**"]
[[module.mounts]]
source = "more/notes"
target = "content/notes"
files = ["! *.draft.md", "! **/deep.md"]
[[module.mounts]]
source = "more/only"
target = "content/only"
files = "*.in.md"
[[module.mounts]]
source = "more/way"
target = "content/way"
files = ["in/deep/**", "n.md"]
"""
_FILES = {
    "hugo.toml": THEMED_CONFIG,
    "themes/two/hugo.yaml": "module: {mounts: [{source: texts, target: content/posts/two}], imports: [{path: four}]}",
    "themes/three/theme.toml": 'name = "Three"',
    "_vendor/modules.txt": "# example.org/vendored v1.0.0",
}
_HIDES = "cascade: {draft: true}"
_PAGES = (
    ("_vendor/example.org/vendored/content/posts/v.md", "V", ""),
    ("content/bundle/index.md", "B", ""),
    ("content/draws/_index.md", "D", _HIDES),
    ("content/news/hidden.md", "H", ""),
    ("content/posts/a.md", "A", ""),
    ("content/posts/both.md", "Own", ""),
    ("content/posts/not/x.md", "X", ""),
    ("content/posts/skip1.md", "S", ""),
    ("content/skip2.md", "S", ""),
    ("more/notes/n.md", "N", ""),
    ("more/notes/sub/deep.md", "D", ""),
    ("more/notes/sub/y.draft.md", "Y", ""),
    ("more/notes/x.draft.md", "X", ""),
    ("more/only/a.in.md", "A", ""),
    ("more/only/b.md", "B", ""),
    ("more/only/sub/c.in.md", "C", ""),
    ("more/way/in/deep/a.md", "A", ""),
    ("more/way/in/b.md", "B", ""),
    ("more/way/n.md", "N", ""),
    ("themes/bare/content/posts/bare.md", "B", ""),
    ("themes/four/content/posts/t4.md", "T4", ""),
    ("themes/mapped/content/posts/m2.md", "M2", ""),
    ("themes/mapped/texts/m.md", "M", ""),
    ("themes/off/content/posts/off.md", "O", ""),
    ("themes/one/content/bundle/resource.md", "R", ""),
    ("themes/one/content/draws/x.md", "X", ""),
    ("themes/one/content/news/_index.md", "N", _HIDES),
    ("themes/one/content/posts/both.md", "Theme", ""),
    ("themes/one/content/posts/t1.md", "T1", ""),
    ("themes/one/content/search.md", "Search", ""),
    ("themes/three/content/posts/t3.md", "T3", ""),
    ("themes/two/content/posts/t2.md", "no", ""),
    ("themes/two/texts/t1.md", "T1 two", ""),
)
THEMED = (_FILES, _PAGES, _DATE)
"""A site whose themes and modules have content too: its further files, and pages by their path in the site."""
