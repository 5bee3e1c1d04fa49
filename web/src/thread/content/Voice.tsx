import { Button, makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { Mic16Regular } from "@fluentui/react-icons/svg/mic";
import { Pause20Filled } from "@fluentui/react-icons/svg/pause";
import { Play20Filled } from "@fluentui/react-icons/svg/play";
import { useQuery } from "@tanstack/react-query";
import { type PointerEvent, useEffect, useRef, useState } from "react";
import type { MessageMedia } from "../../../../shared/conversations/content.ts";
import { useMediaFile, useSeen } from "../../media/media.ts";
import { waveformQuery } from "../../media/waveform.ts";
import { durationWords } from "../../ui/times.ts";

const useStyles = makeStyles({
  root: { display: "flex", alignItems: "center", gap: tokens.spacingHorizontalS, width: "320px", maxWidth: "100%" },
  wave: {
    display: "flex",
    alignItems: "center",
    justifyContent: "space-between",
    height: "30px",
    flexGrow: 1,
    minWidth: 0,
    overflow: "hidden",
    cursor: "pointer",
  },
  bar: {
    width: "3px",
    borderRadius: tokens.borderRadiusCircular,
    backgroundColor: tokens.colorNeutralStroke1,
    flexShrink: 0,
  },
  played: { backgroundColor: tokens.colorCompoundBrandBackground },
  time: {
    flexShrink: 0,
    minWidth: "32px",
    textAlign: "right",
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
    fontVariantNumeric: "tabular-nums",
  },
  speed: { minWidth: "36px", paddingInline: tokens.spacingHorizontalXS, fontVariantNumeric: "tabular-nums" },
  mic: { color: tokens.colorNeutralForeground3, flexShrink: 0 },
});

const FLAT: readonly number[] = Array.from({ length: 40 }, () => 0.12);
const SPEEDS = [1, 1.5, 2] as const;
/** One voice at a time. */
let playing: HTMLAudioElement | undefined;

/** A recording with its shape, its length and a hand to move in it. */
export function Voice({ media, voice }: { readonly media: MessageMedia; readonly voice: boolean }) {
  const styles = useStyles();
  const { seen, ref } = useSeen();
  const audio = useRef<HTMLAudioElement>(null);
  const file = useMediaFile(media.id, seen);
  const wave = useQuery({ ...waveformQuery(media.id), enabled: seen && file.data !== undefined });
  const [state, setState] = useState({ playing: false, at: 0, seconds: 0 });
  const [speed, setSpeed] = useState<(typeof SPEEDS)[number]>(1);
  useEffect(() => {
    if (audio.current !== null) audio.current.playbackRate = speed;
  }, [speed]);

  const seconds = wave.data?.seconds ?? state.seconds;
  const peaks = wave.data?.peaks ?? FLAT;
  const share = seconds > 0 ? state.at / seconds : 0;

  function toggle() {
    const element = audio.current;
    if (element === null) return;
    if (!element.paused) return element.pause();
    playing?.pause();
    playing = element;
    void element.play().catch(() => setState((before) => ({ ...before, playing: false })));
  }

  function seek(event: PointerEvent<HTMLDivElement>) {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    if (audio.current !== null && seconds > 0) audio.current.currentTime = ((event.clientX - left) / width) * seconds;
  }

  const follow = ({ currentTarget }: { currentTarget: HTMLAudioElement }) =>
    setState({
      playing: !currentTarget.paused,
      at: currentTarget.currentTime,
      seconds: Number.isFinite(currentTarget.duration) ? currentTarget.duration : 0,
    });

  return (
    <div className={styles.root} ref={ref}>
      <Button
        appearance="subtle"
        shape="circular"
        icon={state.playing ? <Pause20Filled /> : <Play20Filled />}
        aria-label={state.playing ? "Pause" : voice ? "Play the voice message" : "Play the recording"}
        disabled={file.data === undefined}
        onClick={toggle}
      />
      <div className={styles.wave} onPointerDown={seek} aria-hidden="true">
        {peaks.map((peak, index) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
            key={index}
            className={mergeClasses(styles.bar, index / peaks.length < share && styles.played)}
            style={{ height: `${Math.max(3, Math.round(peak * 28))}px` }}
          />
        ))}
      </div>
      <span className={styles.time}>{durationWords(state.at > 0 ? state.at : seconds)}</span>
      {state.playing || speed !== 1 ? (
        <Button
          className={styles.speed}
          size="small"
          appearance="subtle"
          aria-label={`Speed ${speed}`}
          onClick={() => setSpeed(SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length] ?? 1)}
        >
          {speed}×
        </Button>
      ) : (
        voice && <Mic16Regular className={styles.mic} />
      )}
      {file.data !== undefined && (
        // biome-ignore lint/a11y/useMediaCaption: a customer's recording has no captions
        <audio
          ref={audio}
          src={file.data.url}
          preload="metadata"
          onTimeUpdate={follow}
          onPlay={follow}
          onPause={follow}
          onLoadedMetadata={follow}
          onEnded={({ currentTarget }) => {
            currentTarget.currentTime = 0;
          }}
        />
      )}
    </div>
  );
}
