-- What the decisions of a hand-off have in common comes before them, once for all. Frame: the decision record but for its
-- end, the trace, and with nothing where the receiver's own belongs. Row: what follows a device's id in the record.
-- Draft: the member of a job that is not the device's own; with where late pushes wait, if it is late.
local GAPS = { '"user":""', '"badge":0', '"devices":[]' }

local function take_frames(traces)
  local frames = {}
  for i = 1, tonumber(take()) do
    local frame, rest = { message = KEYS[tonumber(take())], override = take() }, take()
    for part, gap in ipairs(GAPS) do
      local first, last = rest:find(gap, 1, true)
      frame[part], rest = rest:sub(1, first - 1), rest:sub(last + 1)
    end
    frame[4], frames[i] = rest .. traces[tonumber(take())], frame
  end
  return frames
end

local function take_drafts()
  local drafts = {}
  for i = 1, tonumber(take()) do
    local draft = { outbox = KEYS[tonumber(take())], notifier = take(), text = take(), replaces = '' }
    if take() == '1' then
      draft.replaces, draft.time, draft.shelf = take(), tonumber(take()), KEYS[tonumber(take())]
    end
    if draft.shelf then
      draft.ready, draft.jobs, draft.statistics = KEYS[tonumber(take())], KEYS[tonumber(take())], KEYS[tonumber(take())]
      draft.provider, draft.thread, draft.at = take(), take(), tonumber(take())
    end
    drafts[i] = draft
  end
  return drafts
end

-- User, devices and what ``job_of`` is told of a device are JSON already.
local function record_of(frame, user, badge, devices)
  return frame[1] .. '"user":' .. user .. frame[2] .. '"badge":' .. badge .. frame[3] .. '"devices":[' ..
    table.concat(devices, ',') .. ']' .. frame[4]
end

local function job_of(draft, user, device_id, token, bound_at)
  return '{"user":' .. user .. ',"device_id":' .. device_id .. ',"token":' .. token .. ',"bound_at":' .. bound_at ..
    ',"draft":' .. draft.text .. '}'
end
