import { Button, CopyButton, Group, Switch, Text } from "@mantine/core";
import { IconCopy, IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { LogLines } from "@/features/jobs/LogLines";
import { type LogLine, useJobLog } from "@/features/jobs/log";
import type { JobSearch } from "@/features/jobs/log-search";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { SearchBox } from "@/ui/SearchBox";

const route = getRouteApi("/shell/jobs/$jobId");

/** The log as it is written: can be held, narrowed and copied. */
export function JobLog({ jobId, isRunning }: { jobId: string; isRunning: boolean }) {
  const { t } = useTranslation("jobs");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [isPaused, setIsPaused] = useState(false);
  const log = useJobLog(jobId, isPaused);
  const shown = useMemo(() => log.lines.filter((line) => fits(line, search)), [log.lines, search]);
  const narrow = (search: JobSearch) => void navigate({ search, replace: true });
  if (log.error !== null) {
    return <ErrorState error={log.error} onRetry={log.retry} />;
  }
  if (log.isLoading) {
    return <Loading rows={3} />;
  }
  if (log.lines.length === 0) {
    return <Text c="dimmed">{t(isRunning ? "log.nothingYet" : "log.nothing")}</Text>;
  }
  const { level, find } = search;
  return (
    <>
      <Group gap="sm" mb="sm">
        <SearchBox
          label={t("log.find")}
          value={find ?? ""}
          onChange={(text) =>
            narrow({
              ...(level === undefined ? {} : { level }),
              ...(text === "" ? {} : { find: text }),
            })
          }
        />
        <Switch
          label={t("log.onlyWarnings")}
          checked={level === "warning"}
          onChange={(event) =>
            narrow({
              ...(event.currentTarget.checked ? { level: "warning" as const } : {}),
              ...(find === undefined ? {} : { find }),
            })
          }
        />
        {isRunning && (
          <Button
            variant="default"
            size="compact-md"
            aria-pressed={isPaused}
            leftSection={isPaused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
            onClick={() => setIsPaused(!isPaused)}
          >
            {t(isPaused ? "log.goOn" : "log.pause")}
          </Button>
        )}
        <CopyButton value={asText(shown)}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              size="compact-md"
              leftSection={<IconCopy size={16} />}
              onClick={copy}
            >
              {t(copied ? "log.copied" : "log.copy")}
            </Button>
          )}
        </CopyButton>
      </Group>
      {shown.length === 0 ? (
        <Text c="dimmed">{t("log.noMatch")}</Text>
      ) : (
        <LogLines lines={shown} isFollowing={isRunning && !isPaused} />
      )}
    </>
  );
}

function fits(line: LogLine, { level, find }: JobSearch): boolean {
  const isWanted = level === undefined || line.level === level;
  return (
    isWanted && (find === undefined || line.message.toLowerCase().includes(find.toLowerCase()))
  );
}

function asText(lines: readonly LogLine[]): string {
  return lines.map((line) => `${line.time}  ${line.level}  ${line.message}`).join("\n");
}
