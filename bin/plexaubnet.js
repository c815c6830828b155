#!/usr/bin/env node
/*
 * The command. Written in the JavaScript of old and without a single import, so that a Node that is too old can still
 * read it and say so, before any module loads that it would choke on.
 *
 * In a checkout the sources run as they are; in the published package it is what the compiler made of them.
 */
var needed = 24;
var found = process.versions.node;

if (parseInt(found, 10) < needed) {
  console.error(
    "plexaubnet needs Node.js " +
      needed +
      " or newer, and this is " +
      found +
      ": use `npm start` in a checkout, which brings the right one along, or install Node.js " +
      needed +
      " from https://nodejs.org.",
  );
  process.exit(1);
}

var source = new URL("../src/cli/main.ts", import.meta.url);
var compiled = new URL("../dist/cli/main.js", import.meta.url);
var inCheckout = process.getBuiltinModule("node:fs").existsSync(source);

import(inCheckout ? source.href : compiled.href).then((cli) => cli.main(process.argv));
