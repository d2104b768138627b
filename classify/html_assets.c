/* html_assets.c - the style sheet and the script of the HTML report: everything it needs is inside the one file. */
#include "classify/html.h"

const char html_style[] =
	":root{--line:#c9cdd3;--soft:#f4f5f7;--ink:#1c1f24;--dim:#5c6470;--bad:#b3261e;--good:#1b6e3c;--both:#7a5c00}\n"
	"*{box-sizing:border-box}\n"
	"body{font:15px/1.5 system-ui,'DejaVu Sans',sans-serif;color:var(--ink);margin:0 auto;padding:1.5rem;max-width:76rem}\n"
	"h1{font-size:1.7rem;line-height:1.2;margin:.2em 0 .4em}h2{font-size:1.3rem;margin:2.4rem 0 .4rem;border-top:2px solid var(--line);padding-top:1rem}\n"
	"h3{font-size:1.05rem;margin:1.4rem 0 .3rem}p{margin:.4rem 0;max-width:60rem}\n"
	"a{color:#0b57a4}code,pre{font:12.5px/1.45 ui-monospace,'DejaVu Sans Mono',monospace}\n"
	"pre{background:var(--soft);border:1px solid var(--line);padding:.6rem .8rem;overflow-x:auto;margin:.4rem 0 1rem}\n"
	"pre:target{border-color:#0b57a4;box-shadow:0 0 0 2px #0b57a4}\n"
	"table{border-collapse:collapse;width:100%;margin:.4rem 0 1rem;font-size:13.5px}\n"
	"th,td{border-bottom:1px solid var(--line);padding:.25rem .5rem;text-align:left;vertical-align:top}\n"
	"th{background:var(--soft);position:sticky;top:0}table.sort th{cursor:pointer}table.sort th[data-d]::after{content:' \\25B2'}\n"
	"table.sort th[data-d='-1']::after{content:' \\25BC'}\n"
	"td.n,th.n{text-align:right}td.n{white-space:nowrap;font-variant-numeric:tabular-nums}td.id{font-size:11.5px;overflow-wrap:anywhere;min-width:11rem}\n"
	".critical,.fails{color:var(--bad);font-weight:600}.holds{color:var(--good);font-weight:600}.both{color:var(--both)}\n"
	".dim{color:var(--dim)}nav{display:flex;flex-wrap:wrap;gap:.15rem .9rem;margin:.4rem 0 .8rem}nav a{white-space:nowrap}details{margin:.4rem 0}summary{cursor:pointer;font-weight:600}\n"
	".cols{display:flex;gap:2rem;flex-wrap:wrap;align-items:flex-start}.cols>div{flex:1 1 22rem}svg{max-width:100%;height:auto}\n"
	"table.verdicts{table-layout:fixed}table.verdicts td,table.verdicts th{overflow-wrap:break-word}table.verdicts td.id{min-width:0}\n"
	".verdicts th:nth-child(1){width:8%}.verdicts th:nth-child(2){width:8.5%}.verdicts th:nth-child(3){width:15%}.verdicts th:nth-child(4){width:19.5%}\n"
	".verdicts th:nth-child(5){width:6%}.verdicts th:nth-child(6){width:5.5%}.verdicts th:nth-child(7){width:24.5%}.verdicts th:nth-child(8){width:13%}\n"
	"@page{size:A4 landscape;margin:11mm}\n"
	"@media print{body{font-size:9.5pt;padding:0;max-width:none}nav{display:none}th{position:static}h2{margin-top:1.2rem;break-after:avoid}"
	"h2.k{break-before:page;margin-top:0;border-top:0;padding-top:0}h3,thead,summary{break-after:avoid}tbody tr:nth-child(-n+2){break-after:avoid}"
	"tr,pre,svg{break-inside:avoid}pre,table{font-size:7.5pt}th,td{padding:.15rem .4rem}td.id{font-size:6.5pt}p{max-width:none}"
	"a{color:inherit;text-decoration:none}.cols{flex-wrap:nowrap}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}\n";

const char html_script[] =
	"document.querySelectorAll('table.sort th').forEach(function(h){h.onclick=function(){\n"
	"  var t=h.closest('table'),b=t.tBodies[0],i=h.cellIndex,d=h.dataset.d==='1'?-1:1;\n"
	"  t.querySelectorAll('th').forEach(function(x){delete x.dataset.d});h.dataset.d=d;\n"
	"  Array.from(b.rows).sort(function(p,q){var x=p.cells[i].textContent,y=q.cells[i].textContent,n=parseFloat(x)-parseFloat(y);\n"
	"    return d*(isNaN(n)?x.localeCompare(y):n)}).forEach(function(r){b.appendChild(r)})}});\n"
	"function show(){var e=location.hash&&document.getElementById(decodeURIComponent(location.hash.slice(1)));\n"
	"  for(var d=e&&e.closest('details');d;d=d.parentElement.closest('details'))d.open=true;if(e)e.scrollIntoView()}\n"
	"addEventListener('hashchange',show);show();\n"
	/* On paper: everything but the witnesses, which are many hundred pages; the ones that stand open are printed. */
	"addEventListener('beforeprint',function(){document.querySelectorAll('details:not(.witnesses)').forEach(function(d){d.open=true})});\n";
