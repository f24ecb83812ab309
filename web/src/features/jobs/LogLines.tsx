import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/features/jobs/LogLines.module.css";
import type { LogLine } from "@/features/jobs/log";

const LINE_PX = 24;
const LINES_BEYOND = 20;

interface Props {
  lines: readonly LogLine[];
  /** Keep the newest line in sight. */
  isFollowing: boolean;
}

/** Up to ten thousand lines, of which only what is seen exists in the page. */
export function LogLines({ lines, isFollowing }: Props) {
  const { t, i18n } = useTranslation("jobs");
  const viewport = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => viewport.current,
    estimateSize: () => LINE_PX,
    overscan: LINES_BEYOND,
  });
  useEffect(() => {
    if (isFollowing && lines.length > 0) {
      virtual.scrollToIndex(lines.length - 1);
    }
  }, [isFollowing, lines.length, virtual]);
  const time = new Intl.DateTimeFormat(i18n.language, { timeStyle: "medium" });
  return (
    <div
      ref={viewport}
      className={classes.viewport}
      role="log"
      aria-label={t("section.log")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keys
      tabIndex={0}
    >
      <div className={classes.body} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const line = lines[item.index] as LogLine;
          return (
            <div
              key={line.line}
              ref={virtual.measureElement}
              data-index={item.index}
              className={`${classes.line} ${line.level === "warning" ? classes.warning : ""}`}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <time dateTime={line.time} title={line.time} className={classes.time}>
                {time.format(new Date(line.time))}
              </time>
              {line.level === "warning" && (
                <span className={classes.level}>{t("log.warning")}</span>
              )}
              <span>{line.message}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
