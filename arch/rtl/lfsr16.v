// 16-bit linear feedback shift register, x^16 + x^14 + x^13 + x^11 + 1: shifts right STEPS times a clock where enable;
// the new bit 15 is bit 0 ^ bit 2 ^ bit 3 ^ bit 5. load takes seed (not 0, which never changes) and wins over enable.
//   seed = 16'hACE1, STEPS = 1: 16'h5670, 16'hAB38, 16'h559C.   STEPS = 8: 16'h22AC after one clock.
module lfsr16 #(
    parameter STEPS = 1
) (
    input  wire        clk,
    input  wire        load,
    input  wire [15:0] seed,
    input  wire        enable,
    output reg  [15:0] state
);
  function [15:0] leap(input [15:0] from);
    integer i;
    begin
      leap = from;
      for (i = 0; i < STEPS; i = i + 1) leap = {leap[0] ^ leap[2] ^ leap[3] ^ leap[5], leap[15:1]};
    end
  endfunction

  always @(posedge clk)
    if (load) state <= seed;
    else if (enable) state <= leap(state);
endmodule
