import type { CSSProperties, ReactNode } from "react";
import classes from "@/ui/Facts.module.css";

const LONGEST_IN_HALF = 18; // characters, on a phone

/** A name and its value; nothing, false and "" stand for what is not known. */
export type Fact = readonly [string, ReactNode];

/** Names and values, in columns at least `width` pixels wide; what is not known is left out. */
export function Facts({ facts, width = 180 }: { facts: readonly Fact[]; width?: number }) {
  return (
    <dl className={classes.facts} style={{ "--fact-width": `${width}px` } as CSSProperties}>
      {facts
        .filter(([, value]) => value != null && value !== false && value !== "")
        .map(([name, value]) => (
          <div key={name} className={`${classes.fact} ${isLong(value) ? classes.long : ""}`}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function isLong(value: ReactNode): boolean {
  return typeof value === "string" && value.length > LONGEST_IN_HALF;
}
