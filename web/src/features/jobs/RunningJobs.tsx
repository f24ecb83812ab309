import { Badge, NavLink, Popover } from "@mantine/core";
import { IconLoader2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCan } from "@/api/me";
import { runningQuery, usePolling } from "@/features/jobs/queries";
import type { RunningList } from "@/features/jobs/RunningList";
import { useAnnouncements } from "@/features/jobs/use-announcements";
import { useTabState } from "@/features/jobs/use-tab-state";

/** How many jobs run now; at the bottom of the rail. Opens to what runs and what ran lately. */
export function RunningJobs() {
  const mayRead = useCan("job.read");
  return mayRead ? <RunningButton /> : null;
}

function RunningButton() {
  const { t } = useTranslation("jobs");
  const [isOpen, setIsOpen] = useState(false);
  // Fetched when it is first opened; it opens with its content, which takes the focus.
  const [List, setList] = useState<typeof RunningList | null>(null);
  const open = async () => {
    const module = await import("@/features/jobs/RunningList");
    setList(() => module.RunningList);
    setIsOpen(true);
  };
  const refetchInterval = usePolling();
  const found = useQuery({ ...runningQuery, refetchInterval });
  const running = found.data?.items ?? [];
  useTabState(running.length);
  useAnnouncements();
  const label = running.length === 0 ? t("noneRunning") : t("running", { count: running.length });
  return (
    <Popover
      opened={isOpen}
      onChange={setIsOpen}
      position="right-end"
      width={340}
      shadow="md"
      withArrow
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <NavLink
          component="button"
          label={label}
          aria-expanded={isOpen}
          aria-haspopup="dialog"
          leftSection={<IconLoader2 size={18} stroke={1.7} />}
          rightSection={running.length > 0 && <Badge circle>{running.length}</Badge>}
          onClick={() => (isOpen ? setIsOpen(false) : void open())}
        />
      </Popover.Target>
      <Popover.Dropdown>
        {List !== null && <List running={running} onFollowed={() => setIsOpen(false)} />}
      </Popover.Dropdown>
    </Popover>
  );
}
