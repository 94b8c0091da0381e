import { send } from "../answers.ts";
import type { Totals } from "../tally.ts";
import type { Route } from "../route.ts";
import type { Show } from "../show.ts";
import type { StreamStatus } from "../../wire/api-types.ts";

/** `GET /metrics`: the same as numbers for Prometheus, in its text format 0.0.4. */
export const metrics: Route = {
  path: /^\/metrics\/?$/,

  handle({ res, shows }) {
    const body = [...processLines(), ...streamLines([...shows.values()])].join("\n") + "\n";
    send(res, 200, "text/plain; version=0.0.4; charset=utf-8", { body });
  },
};

interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
}

interface StreamMetric extends Metric {
  /** Its value for a stream; null where it has none now. */
  readonly value: (status: StreamStatus, totals: Totals) => number | null;
}

/** Numbers a stream, never a viewer: their series would be without end. */
const STREAM_METRICS: readonly StreamMetric[] = [
  {
    name: "kinora_frames_total",
    type: "counter",
    help: "Pictures from the source.",
    value: ({ frames }) => frames,
  },
  {
    name: "kinora_source_drops_total",
    type: "counter",
    help: "Pictures lost before Kinora had them: dropped by a driver, torn on the way.",
    value: ({ sourceDrops }) => sourceDrops,
  },
  {
    name: "kinora_viewer_frames_total",
    type: "counter",
    help: "Pictures handed to viewers, all together.",
    value: (_, { frames }) => frames,
  },
  {
    name: "kinora_viewer_drops_total",
    type: "counter",
    help: "Pictures that viewers skipped because a newer one came, all together.",
    value: (_, { drops }) => drops,
  },
  {
    name: "kinora_viewer_bytes_total",
    type: "counter",
    help: "Bytes handed to viewers, all together.",
    value: (_, { bytes }) => bytes,
  },
  {
    name: "kinora_viewers",
    type: "gauge",
    help: "Clients that watch now.",
    value: ({ viewers }) => viewers,
  },
  {
    name: "kinora_stream_up",
    type: "gauge",
    help: "Whether pictures come: 1 while the stream is live, else 0; it also sleeps while nobody watches.",
    value: ({ state }) => (state === "live" ? 1 : 0),
  },
  {
    name: "kinora_stream_fps",
    type: "gauge",
    help: "Pictures a second from the source, over the last two seconds.",
    value: ({ fps }) => fps,
  },
  {
    name: "kinora_frame_age_seconds",
    type: "gauge",
    help: "How old the newest picture is; missing before the first and while the stream sleeps.",
    value: ({ ageMs }) => (ageMs === null ? null : ageMs / 1000),
  },
];

function streamLines(shows: readonly Show[]): readonly string[] {
  const facts = shows.map((show) => ({ status: show.status(), totals: show.tally.totals() }));
  return STREAM_METRICS.flatMap((metric) => [
    ...headLines(metric),
    ...facts.flatMap(({ status, totals }) => {
      const value = metric.value(status, totals);
      return value === null ? [] : [`${metric.name}{stream="${escaped(status.name)}"} ${value}`];
    }),
  ]);
}

function processLines(): readonly string[] {
  const { user, system } = process.cpuUsage();
  const own: readonly (Metric & { readonly now: number })[] = [
    {
      name: "process_cpu_seconds_total",
      type: "counter",
      help: "CPU time of the server, user and system.",
      now: (user + system) / 1_000_000,
    },
    {
      name: "process_resident_memory_bytes",
      type: "gauge",
      help: "Memory of the server that is in RAM.",
      now: process.memoryUsage.rss(),
    },
  ];
  return own.flatMap((metric) => [...headLines(metric), `${metric.name} ${metric.now}`]);
}

function headLines({ name, type, help }: Metric): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function escaped(label: string): string {
  return label.replace(/[\\"\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`));
}
