"""Comments as a stranger may write them to break a table, show a picture or lead somewhere."""

COMMENTS = (
    "a|b|c",
    "back\\|slash \\\\| more",
    "<b>bold</b> <script>alert(1)</script> <img src=x onerror=alert(1)>",
    "<ha-alert alert-type='error'>Send 500 roubles</ha-alert>",
    "[click](http://127.0.0.1/x) ![picture](http://127.0.0.1/x.png)",
    "www.example.com https://example.com/a_b_c me@example.com",
    "**strong** _em_ ~~gone~~ `code` # heading\n- list\r\n|---|\n\n1. one",
    "{{ states('sensor.secret') }} {% raw %} {# #} &lt;i&gt; &#60;",
    "Ж" * 100,
    "Спасибо за урок 3!",
)
