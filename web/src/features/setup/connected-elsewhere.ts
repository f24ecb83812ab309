import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { answer, api } from "@/api/client";
import type { Connection } from "@/api/connections";
import { keys } from "@/api/keys";

const CHANNEL = "dropally.connected";

/** Tells the tab that waits for it that Dropbox has sent the browser back to this one. */
export function tellConnected(connectionId: string): void {
  const others = new BroadcastChannel(CHANNEL);
  others.postMessage(connectionId);
  others.close();
}

/** Hears of a team that was connected in another tab of this browser. */
export function useConnectedElsewhere(onConnected: (connection: Connection) => void): void {
  const queries = useQueryClient();
  const latest = useRef(onConnected);
  useEffect(() => {
    latest.current = onConnected;
  }, [onConnected]);
  useEffect(() => {
    const others = new BroadcastChannel(CHANNEL);
    others.onmessage = async (message: MessageEvent<string>) => {
      const params = { path: { connection_id: message.data } };
      const made = await answer(api.GET("/api/v1/connections/{connection_id}", { params }));
      await queries.invalidateQueries({ queryKey: [keys.connections] });
      latest.current(made);
    };
    return () => others.close();
  }, [queries]);
}
