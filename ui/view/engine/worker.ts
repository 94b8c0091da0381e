// The worker as a file, for Kinora's own page: its policy forbids workers that are made from text.
import { serveAsWorker } from "./engine.ts";

serveAsWorker();
