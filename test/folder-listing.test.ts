import assert from "node:assert/strict";
import { mkdir, rename, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { FolderListing } from "../src/sources/folder-listing.ts";
import { sortNaturally } from "../src/sources/natural-order.ts";
import { temporaryFolder } from "./support/pictures.ts";
import { until } from "./support/until.ts";

test("names are sorted as people count, and always the same way", async () => {
  const names = [
    "img10.jpg",
    "img9.jpg",
    "IMG1.jpg",
    "img01.jpg",
    "Zoo.jpg",
    "äpfel.jpg",
    "birnen.jpg",
    "2.jpg",
  ];

  const sorted = await sortNaturally(names);

  assert.deepEqual(sorted, [
    "2.jpg",
    "äpfel.jpg",
    "birnen.jpg",
    "img01.jpg",
    "IMG1.jpg",
    "img9.jpg",
    "img10.jpg",
    "Zoo.jpg",
  ]);
  assert.deepEqual(await sortNaturally([...names].reverse()), sorted);
  assert.deepEqual(await sortNaturally([]), []);
});

test("100 000 names are sorted in slices, between which the event loop runs", async () => {
  const names = Array.from({ length: 100_000 }, (_, index) => `IMG_${(index * 7_919) % 100_000}.jpg`);
  let turns = 0;
  let counting = true;
  const turn = (): void => {
    turns++;
    if (counting) setImmediate(turn);
  };
  setImmediate(turn);

  const sorted = await sortNaturally(names);
  counting = false;

  assert.ok(sorted.every((name, index) => name === `IMG_${index}.jpg`));
  assert.ok(turns > 50, `the event loop ran ${turns} times`);
});

test("a folder that has not changed for a while is not read again", async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "1.jpg"), "");
  const then = new Date(Date.now() - 60_000);
  await utimes(folder, then, then);
  const listing = new FolderListing(folder);

  const first = await listing.refresh();
  await sleep(100);
  const second = await listing.refresh();
  await writeFile(join(folder, "2.jpg"), "");
  await until(() => listing.refresh(), "the folder to be read again");

  assert.deepEqual([first, second], [true, false]);
  assert.deepEqual(listing.names, ["1.jpg", "2.jpg"]);
});

test("a folder that changed a moment ago is read again, because its clock may be too coarse to tell", async (t) => {
  const folder = await temporaryFolder(t);
  const listing = new FolderListing(folder);
  await listing.refresh();

  const before = performance.now();
  await until(() => listing.refresh(), "the folder to be read again", 2_000);

  assert.ok(performance.now() - before < 2_000);
});

test("a folder that is replaced by another is read anew", async (t) => {
  const parent = await temporaryFolder(t);
  const path = join(parent, "now");
  for (const name of ["now", "next"]) await mkdir(join(parent, name));
  await writeFile(join(path, "1.jpg"), "");
  await writeFile(join(parent, "next", "2.jpg"), "");
  const listing = new FolderListing(path);
  await listing.refresh();

  await rename(path, join(parent, "old"));
  await rename(join(parent, "next"), path);

  await until(
    async () => (await listing.refresh()) && listing.names.includes("2.jpg"),
    "the other folder's file",
  );
  assert.deepEqual(listing.names, ["2.jpg"]);
});
