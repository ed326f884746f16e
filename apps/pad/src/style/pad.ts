// The element's own style. Colours are system colours or follow custom properties, so that a page can dress it.

export const style = `
:host{display:block;max-inline-size:22rem;font:inherit;
--pad-accent:light-dark(#1d4f91,#8ab8ff);--pad-on-accent:light-dark(#fff,#0b1a2e);
--pad-key:light-dark(#eef1f5,#2b3038);--pad-line:light-dark(#6b7480,#8d97a5);--pad-error:light-dark(#a1131d,#ff9d9d);
--pad-soft:light-dark(#4d5560,#b6bfcc)}
:host([hidden]){display:none}
*{box-sizing:border-box}
form{display:grid;gap:1rem;margin:0}
p{margin:0}
.user{overflow-wrap:anywhere}
.field{display:grid;gap:.375rem}
label{font-weight:600}
.hint{color:var(--pad-soft);font-size:.875rem}
input{font:inherit;font-size:1.25rem;inline-size:100%;min-block-size:3rem;padding:.5rem .75rem;border:1px solid var(--pad-line);
border-radius:.5rem;background:Field;color:FieldText}
input[type=password]{letter-spacing:.35em}
input[aria-invalid]{border-color:var(--pad-error);border-width:2px}
.vh{position:absolute;inline-size:1px;block-size:1px;min-block-size:0;padding:0;border:0;clip-path:inset(50%);overflow:hidden}
[role=alert]{color:var(--pad-error);font-weight:600}
[role=alert]:not(:empty),[role=status]:not(:empty){margin-block-end:1rem}
[role=alert]:not(:empty){padding:.75rem;border:1px solid currentColor;border-inline-start-width:.375rem;border-radius:.5rem}
.keys{display:grid;grid-template-columns:repeat(3,1fr);gap:.5rem}
button{font:inherit;font-size:1.125rem;min-block-size:3rem;min-inline-size:2.75rem;padding:.5rem 1rem;border-radius:.5rem;
border:1px solid transparent;background:var(--pad-key);color:inherit;cursor:pointer;touch-action:manipulation}
.keys button{font-size:1.375rem;font-variant-numeric:tabular-nums}
.main{background:var(--pad-accent);color:var(--pad-on-accent);font-weight:600}
.plain{background:none;border-color:var(--pad-line)}
button:active{filter:brightness(.92)}
button[aria-disabled]{opacity:.7;cursor:progress}
:focus-visible{outline:3px solid var(--pad-accent);outline-offset:2px}
.show{display:grid;gap:.75rem;margin-block-end:1rem}
.number{font-size:2rem;letter-spacing:.15em;font-variant-numeric:tabular-nums;font-weight:600}
.qr{inline-size:12rem;max-inline-size:100%;background:#fff;color:#000;border-radius:.5rem;forced-color-adjust:none}
.origin{overflow-wrap:anywhere}
@media (forced-colors:active){button{border-color:ButtonText}input{border-color:FieldText}.main{border-width:3px}}
@media (prefers-reduced-motion:no-preference){button{transition:filter .1s}}
`;
