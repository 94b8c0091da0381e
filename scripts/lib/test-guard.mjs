// Loaded into every test file's process: one that is still there long after its tests could have ended names what keeps it.

/** A little more than a single test may take. */
const FILE_LIMIT_MS = 180_000;

setTimeout(() => {
  const open = process.getActiveResourcesInfo().join(", ");
  process.stderr.write(
    `The file took longer than ${FILE_LIMIT_MS / 1000} s and was stopped. Still open: ${open}\n`,
  );
  process.exit(1);
}, FILE_LIMIT_MS).unref();
