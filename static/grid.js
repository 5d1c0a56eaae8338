// Where the grid does not fit, the newest results are the ones in view (interface.md §2.2, GTAB-188), and
// every column is either whole or wholly under the first one: half a number is a wrong number.
(() => {
  'use strict';
  const grid = document.querySelector('.grid.newest_right');
  if (!grid) return;
  grid.classList.add('scripted');
  if (grid.scrollWidth <= grid.clientWidth) return;
  const heads = [...grid.querySelectorAll('thead th')].filter((head) => head.offsetWidth);
  const first = heads.shift();
  const last = heads[heads.length - 1];
  grid.style.setProperty('scroll-padding-left', first.offsetWidth + 'px');
  grid.classList.add('wide');
  const end = last.offsetLeft + last.offsetWidth - grid.clientWidth;
  const start = heads.find((head) => head.offsetLeft - first.offsetWidth >= end) || last;
  grid.scrollLeft = start.offsetLeft - first.offsetWidth;
})();
