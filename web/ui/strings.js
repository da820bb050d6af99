// Generated from web/*.js by tools/bundle. Do not edit.
var n=globalThis,g=Symbol.for("countersign.languages"),e=n[g]??=new Map;function s(t,a){let o=t.toLowerCase();e.set(o,{...e.get(o),...a})}export{s as addLanguage,e as added};
