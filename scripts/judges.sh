#!/usr/bin/env bash
# judges.sh DIR: install from npm into DIR the email judges (the Nu HTML checker, axe, caniemail and the driver for
# the browser) and Eleventy, which says where a site's pages are. Chromium, Java, SpamAssassin, zbar and Jekyll come
# from the system's packages.
set -euo pipefail
folder=${1:?usage: judges.sh DIR}
mkdir -p "$folder"
cd "$folder"
[ -f package.json ] || echo '{"private": true}' >package.json
PUPPETEER_SKIP_DOWNLOAD=1 npm install --silent --no-audit --no-fund --no-package-lock --ignore-scripts \
  @11ty/eleventy@3.1.8 axe-core@4.14.1 caniemail@1.0.5 playwright-core@1.65.1 vnu-jar@26.9.27
for tool in chromium java spamassassin zbarimg jekyll; do
  command -v "$tool" >/dev/null || echo "judges: $tool is not installed; the tests that need it are skipped with a message"
done
